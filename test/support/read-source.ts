/** A template literal: its text with a ? for whatever is filled in, and that. */
export interface Template {
  readonly text: string;
  readonly filled: readonly string[];
}

/** Stands in a text where something is filled in. */
const HOLE = "?";

/** Every template literal of a source, nested ones too. */
export function templatesIn(source: string): readonly Template[] {
  const found: Template[] = [];
  for (let at = 0; at < source.length; at += 1) {
    const skipped = skip(source, at);
    if (skipped > at) at = skipped - 1;
    else if (source[at] === "`") at = readTemplate(source, at, found) - 1;
  }
  return found;
}

/** @returns behind the closing backtick */
function readTemplate(source: string, start: number, found: Template[]): number {
  let text = "";
  const filled: string[] = [];
  let at = start + 1;
  while (at < source.length && source[at] !== "`") {
    if (source[at] === "\\") {
      text += source.slice(at, at + 2);
      at += 2;
    } else if (source.startsWith("${", at)) {
      const end = readFilled(source, at + 2, found);
      filled.push(source.slice(at + 2, end).trim());
      text += HOLE;
      at = end + 1;
    } else {
      text += source[at];
      at += 1;
    }
  }
  found.push({ text, filled });
  return at + 1;
}

/** @returns at the closing brace */
function readFilled(source: string, start: number, found: Template[]): number {
  let depth = 0;
  for (let at = start; at < source.length; at += 1) {
    const skipped = skip(source, at);
    if (skipped > at) at = skipped - 1;
    else if (source[at] === "`") at = readTemplate(source, at, found) - 1;
    else if (source[at] === "{") depth += 1;
    else if (source[at] === "}" && depth === 0) return at;
    else if (source[at] === "}") depth -= 1;
  }
  throw new Error("Cannot read a template: it does not end");
}

const SKIPPED = [/\/\*[\s\S]*?\*\//y, /\/\/[^\n]*/y, /"(?:\\.|[^"\\\n])*"/y, /'(?:\\.|[^'\\\n])*'/y];
const EXPRESSION = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*/y;

/** @returns behind the comment, text or regular expression that begins here */
function skip(source: string, at: number): number {
  if (source[at] !== "/" && source[at] !== '"' && source[at] !== "'") return at;
  for (const pattern of SKIPPED) {
    pattern.lastIndex = at;
    if (pattern.test(source)) return pattern.lastIndex;
  }
  return isExpressionAt(source, at) ? EXPRESSION.lastIndex : at;
}

function isExpressionAt(source: string, at: number): boolean {
  if (source[at] !== "/" || !/(?:[(,=:[!&|?{};]|return|^)\s*$/.test(source.slice(Math.max(0, at - 40), at)))
    return false;
  EXPRESSION.lastIndex = at;
  return EXPRESSION.test(source);
}

/** Every regular expression literal of a source, and every text that is a pattern of a schema: it begins with ^. */
export function regularExpressionsIn(source: string): readonly RegExp[] {
  const found: RegExp[] = [];
  for (let at = 0; at < source.length; at += 1) {
    if (isExpressionAt(source, at)) {
      const literal = source.slice(at, EXPRESSION.lastIndex);
      const end = literal.lastIndexOf("/");
      found.push(new RegExp(literal.slice(1, end), literal.slice(end + 1)));
    }
    const behind = skip(source, at);
    const text = source.slice(at, behind);
    if (/^"\^.*"$/.test(text)) found.push(new RegExp(JSON.parse(text), "u"));
    if (behind > at) at = behind - 1;
  }
  return found;
}
