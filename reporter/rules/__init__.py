"""Rulebooks and a week's facts become sentences: all prose of a note is written here, by rules that an editor owns.

A rulebook is a YAML file in `templates/rules/`; `outline.yaml` beside it says which sections and groups a note has.

```yaml
section: opening            # section, group, subject, kind and topic at the head are defaults for the file
rules:
  - id: longs-flushed       # unique over all files
    group: event            # a group that outline.yaml lists under the section
    subject: market         # market, lead (the lead asset) or asset (once for each asset)
    kind: fact              # fact, reading (stands only beside a fact sentence that it reads) or watch
    topic: liquidations
    stance: flush           # optional: of rules with another stance on this topic and subject only one may speak
    when: liquidations_usd_percentile >= 0.8 and liquidations_long_share >= 0.6
    rank: liquidations_usd_percentile         # 0.5 unless said; the highest of a group speaks
    optional: [lead.price_usd_growth]         # may be missing; every other fact that is used is needed
    say:                    # wordings, taken in turn week by week
      - "Liquidations came to {{ liquidations_usd | usd }}."
      - "{{ liquidations_usd | usd }} was closed by force{% if lead.price_usd_growth is known %} as {{ lead.name }}
        {{ lead.price_usd_growth | direction('gained', 'lost', 'held') }}{% endif %}."
    cases:                  # at least one that speaks and one that is silent
      - speak: {liquidations_usd: 1.9e9, liquidations_usd_percentile: 0.97, liquidations_long_share: 0.72}
        text: "came to $1.9 billion"          # optional: stands in the first wording
      - silent: {liquidations_usd: 2.0e8, liquidations_usd_percentile: 0.2, liquidations_long_share: 0.5}
```

**Names.** A bare name is a fact of the rule's subject; `lead.x` and `market.x` cross over. `lead.ticker`, `lead.name`
and, in asset rules, `asset.ticker`, `asset.name` are texts; `week.label` is a text, `week.first_day` and
`week.last_day` are dates. A fact that is missing makes the rule silent, unless it is `optional`: then ask `x is known`
or `x is missing` before using it.

**`when` and `rank`** calculate with plain values: `+ - * /`, comparisons, `and or not`, `a if b else c`, `abs()`,
`min()`, `max()`. Shares and percentiles run from 0 to 1, changes and rates are fractions: 0.05 is five per cent.

**`say`** is prose with `{{ fact | filter }}` and `{% if %}...{% elif %}...{% else %}...{% endif %}`. A number appears
only through the filter of its unit, and nothing is calculated. Digits, `%` and `$` do not stand in the prose itself.
`x is new` asks whether the running text has not printed that fact yet.

| filter | takes | prints |
|---|---|---|
| `usd` `price` `coins` | dollars, a price, coins | `$1.9 billion`, `$69,812`, `1,234` |
| `share` `percent` | a share or percentile, a fraction | `72%`, `8.3%` |
| `rate` `apr` | funding for one interval, a rate a year | `0.0100%`, `11.0%` |
| `percentage_points` | the `_change` of a share, fraction or annual rate | `3.2` |
| `points` `ratio` `index` | volatility points, a ratio, an index | `45.2`, `3.40`, `38` |
| `count` `figure` `ordinal` | a count | `three`, `3`, `third` |
| `day` `date` `weekday` | a date | `February 11`, `February 11, 2026`, `Wednesday` |
| `size` `signed` | a number, before its printer | without its sign; with a plus where positive |
| `about` | a number, before its printer, behind the word about, around, roughly, near... | two digits: `$70,000` |
| `direction('rose', 'fell', 'held')` | a number that can be negative | the word for its sign as printed |
| `moved` | a `_growth` or `_change` | the ladder's verb: `edged up`, `rose`, `plunged` |
| `standing('heavy', 'light', 'ordinary')` | a measure with a percentile | its place in a year: `unusually heavy` |
| `plural('session', 'sessions')` | a count | the word for it |
| `on_venues` | a number, in place of a printer | ` on OKX and Gate`: its venues, or nothing for all of them |
| `a_or_an` | a printed text, last | `an 8.3%`, `a 7.1%` |

**The ladder.** `ladder.yaml` holds the words whose strength the numbers choose. `moved` takes its verb by the swing of
the change, `standing` its adverb by the percentile, which is then needed like any fact. `{{ hedge.may }}` prints
`might`, `may` or `may well`, by how sure the facts of its rule make us; it stands in `say` only.

**Choice.** One sentence a group (an asset group may have `most: 3`, one for each asset): the highest rank, ties by id.
One stance a subject and topic in the whole note. No text twice. No more than the section's and paragraph's `most`.
"""

from reporter.rules.against import conflict, false_words, lead_view
from reporter.rules.box import box_rows
from reporter.rules.cases import run_cases
from reporter.rules.editing import Edited, edited
from reporter.rules.editor import DeskFile, read_desk_file
from reporter.rules.lint import lint
from reporter.rules.load import Rulebook, digest, load, needs, spoken_of
from reporter.rules.outline import Outline, Part, paragraphs
from reporter.rules.placing import chart_places, sections
from reporter.rules.rehearse import rehearse
from reporter.rules.voice import confidence_of
from reporter.rules.write import Written, headings, shortfalls, write

__all__ = [
    "DeskFile",
    "Edited",
    "Outline",
    "Part",
    "Rulebook",
    "Written",
    "box_rows",
    "chart_places",
    "confidence_of",
    "conflict",
    "digest",
    "edited",
    "false_words",
    "headings",
    "lead_view",
    "lint",
    "load",
    "needs",
    "paragraphs",
    "read_desk_file",
    "rehearse",
    "run_cases",
    "sections",
    "shortfalls",
    "spoken_of",
    "write",
]
