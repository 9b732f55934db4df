// Loaded before anything else (NODE_OPTIONS=--import): changes one source of the product as it is read, as DOJANG_FUZZ_PLANT names it.
import { registerHooks } from "node:module";
import { PLANTS } from "./plants.ts";

export const PLANT = "DOJANG_FUZZ_PLANT";

const plant = PLANTS.find(({ name }) => name === process.env[PLANT]);
if (plant !== undefined) {
  const { file, from, to, name } = plant;
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (!url.endsWith(`/${file}`)) return loaded;
      const source = String(loaded.source);
      if (source.split(from).length !== 2)
        throw new Error(`Cannot plant "${name}": its text stands not once in ${file}`);
      return { ...loaded, source: source.replace(from, () => to) };
    },
  });
}
