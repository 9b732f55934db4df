import { registerHooks } from "node:module";
import { PLANTED } from "./planted.ts";

/** Preloaded: puts the named bug into the source of the server while it is loaded, and nowhere else. */
const id = process.env["DOJANG_SIM_PLANTED"];
const bug = PLANTED.find((one) => one.id === id);
if (bug === undefined) throw new Error(`Cannot plant ${id}: expected an id of planted.ts`);
const { file, find, replace } = bug;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/src/${file}`)) return loaded;
    const source = String(loaded.source);
    if (source.split(find).length !== 2)
      throw new Error(`Cannot plant ${id}: expected its text once in src/${file}`);
    return { ...loaded, source: source.replace(find, () => replace) };
  },
});
