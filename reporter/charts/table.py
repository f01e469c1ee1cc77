"""The series behind the charts as one CSV table, for readers who want to draw them again."""

from __future__ import annotations

from collections.abc import Mapping

from reporter.model import Track


def table(tracks: Mapping[tuple[str, str], Track], notice: str) -> bytes:
    """A row a moment in UTC, a column a series (`BTC open_interest`) in base units; empty where nothing is known.

    With a notice, every row carries it in a last column. Empty without tracks.
    """
    import pandas as pd

    columns = {
        f"{asset} {measure}": pd.Series({pd.Timestamp(point.at): point.value for point in track.points})
        for (asset, measure), track in sorted(tracks.items())
    }
    if not columns:
        return b""
    frame = pd.DataFrame(columns).sort_index().rename_axis("time_utc")
    if notice:
        frame["notice"] = notice
    return str(frame.to_csv(date_format="%Y-%m-%dT%H:%MZ", lineterminator="\n")).encode()
