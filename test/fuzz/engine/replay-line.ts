/** The command that gives one input to one target again. */
export function replayLine(target: string, input: Buffer): string {
  return `npm run fuzz -- --target ${target} --replay ${input.toString("base64url")}`;
}
