/** The emulator alone, for people who test their own server. Loaded only when asked for: it is no part of a live server. */
export async function emulator(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { startEmulatorFromCommandLine } = await import("../emulator/main.ts");
  await startEmulatorFromCommandLine(args, env);
}
