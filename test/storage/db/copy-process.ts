// Copies a database in small steps, and kills itself at the nth statement that contains a text: before it is sent, or right after.
import { systemClock } from "../../../src/clock.ts";
import { copyDatabase } from "../../../src/storage/copy/copy-database.ts";

const [from = "", to = "", text = "", nth = "0", when = "before"] = process.argv.slice(2);
const die = () => process.kill(process.pid, "SIGKILL");
let seen = 0;
await copyDatabase({
  from,
  to,
  now: systemClock.now,
  batchRows: 4,
  onProgress() {},
  onStatement(statement) {
    if (!statement.text.includes(text)) return;
    seen += 1;
    if (seen !== Number(nth)) return;
    if (when === "before") die();
    else setImmediate(die);
  },
});
