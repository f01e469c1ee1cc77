// Writes the note of each week in a JSON file with RosaeNLG, as often as told; prints the best round's processor seconds.
// node write.cjs FOLDER_OF_NODE_MODULES WEEKS.json ROUNDS
const [folder, file, rounds] = process.argv.slice(2);
const rosaenlg = require(require.resolve('rosaenlg', { paths: [folder] }));
const weeks = JSON.parse(require('fs').readFileSync(file, 'utf8'));
const language = 'en_US';
const compiled = rosaenlg.compileFile(require('path').join(__dirname, 'note.pug'), { language, compileDebug: false });
const note = (week, seed) => compiled({ week, util: new rosaenlg.NlgLib({ language, forceRandomSeed: seed }) });
const plain = html => html.replace(/<[^>]+>/g, ' ').trim();

let best = Infinity, pages = weeks.map(note);
for (let round = 0; round < Number(rounds); round++) {
  const start = process.cpuUsage();
  pages = weeks.map(note);
  const { user, system } = process.cpuUsage(start); // microseconds
  best = Math.min(best, (user + system) / 1e6);
}
const texts = pages.map(plain);
const count = (text, pattern) => (text.match(pattern) || []).length;
console.log(JSON.stringify({
  seconds: best,
  words: texts.reduce((sum, text) => sum + count(text, /\S*[\p{L}\p{N}]\S*/gu), 0),
  sentences: texts.reduce((sum, text) => sum + count(text, /[.!?](?=\s|$)/g) + 1, 0),
  notes: texts.length,
  last: texts[texts.length - 1],
}));
