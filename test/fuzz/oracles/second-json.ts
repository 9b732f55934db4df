/** JSON as a second reader sees it: objects as maps in the order of the text, numbers as written. */
export type SecondValue =
  | null
  | boolean
  | string
  | { readonly number: string }
  | readonly SecondValue[]
  | Map<string, SecondValue>;

export interface SecondReading {
  readonly value: SecondValue;
  readonly hasRepeatedKey: boolean;
  readonly depth: number;
}

const TOKEN = /[ \t\n\r]*([{}[\],:]|"(?:[^"\\]|\\.)*"|true|false|null|-?[0-9][0-9.eE+-]*)/gy;

/** Reads a text by its tokens, with a stack and no recursion; undefined for one that `JSON.parse` refuses. */
export function readSecond(text: string): SecondReading | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return new SecondReader(text).read();
}

type Frame =
  | { readonly list: SecondValue[] }
  | { readonly map: Map<string, SecondValue>; key: string | undefined };

/** The text is JSON: only what it means is looked for. */
class SecondReader {
  readonly #tokens: IterableIterator<RegExpMatchArray>;
  readonly #stack: Frame[] = [];
  #whole: SecondValue = null;
  #hasRepeatedKey = false;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = text.matchAll(TOKEN);
  }

  read(): SecondReading {
    for (const [, token = ""] of this.#tokens) this.#take(token);
    return { value: this.#whole, hasRepeatedKey: this.#hasRepeatedKey, depth: this.#depth };
  }

  #take(token: string): void {
    const top = this.#stack.at(-1);
    if (token === "," || token === ":") return;
    if (token === "]" || token === "}") {
      this.#stack.pop();
    } else if (token === "[") {
      const list: SecondValue[] = [];
      this.#put(list);
      this.#push({ list });
    } else if (token === "{") {
      const map = new Map<string, SecondValue>();
      this.#put(map);
      this.#push({ map, key: undefined });
    } else if (top !== undefined && "map" in top && top.key === undefined) {
      top.key = JSON.parse(token) as string;
      if (top.map.has(top.key)) this.#hasRepeatedKey = true;
    } else
      this.#put(/^[-0-9]/.test(token) ? { number: token } : (JSON.parse(token) as string | boolean | null));
  }

  #push(frame: Frame): void {
    this.#stack.push(frame);
    this.#depth = Math.max(this.#depth, this.#stack.length);
  }

  #put(value: SecondValue): void {
    const top = this.#stack.at(-1);
    if (top === undefined) this.#whole = value;
    else if ("list" in top) top.list.push(value);
    else {
      top.map.set(top.key ?? "", value);
      top.key = undefined;
    }
  }
}
