import { runDojang } from "../process/server-process.ts";

/** The product's own judges: both end with 0 when all is well. */
export async function askCommands(env: Readonly<Record<string, string>>): Promise<string[]> {
  const commands = [
    ["audit", "verify"],
    ["db", "check"],
  ];
  const ends = await Promise.all(
    commands.map(async (args) => {
      const command = runDojang(args, env);
      const code = await command.ended;
      return code === 0 ? [] : [`dojang ${args.join(" ")}: ${command.output.stdout}${command.output.stderr}`];
    }),
  );
  return ends.flat();
}
