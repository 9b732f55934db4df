/** An id of the gateway's may be any text: no line of the output is of its making. `hasSpaces`: where a space is no end of a word. */
export function printable(text: string, { hasSpaces = false } = {}): string {
  return (hasSpaces ? /^[\x20-\x7e]+$/ : /^[\x21-\x7e]+$/).test(text) ? text : JSON.stringify(text);
}
