import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

export interface ImageTree {
  /** What stands at `/app` of the image. */
  readonly app: string;
  /** What its ENV lines set. */
  readonly env: Readonly<Record<string, string>>;
}

interface Stage {
  readonly name: string;
  readonly root: string;
  readonly env: Record<string, string>;
  workdir: string;
}

/**
 * Does what the Dockerfile's lines do, in folders below `into`, on this machine's system and without a container engine: so that what a
 * server is shipped as can be looked at and started anywhere. RUN lines work below /app only; one that makes a folder elsewhere
 * (`install -d`) is the engine's.
 *
 * @throws {Error} with the output of a command that failed; what was built stays in `into`
 */
export function buildImageTree(context: string, into: string): ImageTree {
  const stages: Stage[] = [];
  const text = readFileSync(join(context, "Dockerfile"), "utf8").replaceAll(/\\\n\s*/g, "");
  for (const line of text.split("\n")) {
    const [word = "", ...rest] = line.split(" ");
    const stage = stages.at(-1);
    if (word === "FROM") {
      const root = join(into, String(stages.length));
      mkdirSync(root);
      stages.push({ name: rest[2] ?? "", root, env: {}, workdir: root });
    } else if (stage !== undefined) follow(stage, { word, rest, context, stages });
  }
  const last = stages.at(-1);
  if (last === undefined) throw new Error("Expected a FROM line in the Dockerfile, saw none");
  return { app: last.workdir, env: last.env };
}

interface Line {
  readonly word: string;
  readonly rest: readonly string[];
  readonly context: string;
  readonly stages: readonly Stage[];
}

function follow(stage: Stage, { word, rest, context, stages }: Line): void {
  if (word === "WORKDIR") {
    stage.workdir = join(stage.root, rest[0] ?? "");
    mkdirSync(stage.workdir, { recursive: true });
  } else if (word === "ENV") {
    for (const pair of rest) {
      const [name = "", value = ""] = pair.split("=");
      stage.env[name] = value;
    }
  } else if (word === "COPY") copy(stage, { rest, context, stages });
  else if (word === "RUN" && rest[0] !== "install") run(stage, rest.join(" "));
}

function copy(stage: Stage, { rest, context, stages }: Omit<Line, "word">): void {
  const [from] = rest.filter((part) => part.startsWith("--from="));
  const paths = rest.filter((part) => !part.startsWith("--"));
  const to = paths.pop() ?? "";
  const base = from === undefined ? context : stages.find(({ name }) => `--from=${name}` === from)?.root;
  if (base === undefined) throw new Error(`Expected a stage of the Dockerfile, saw ${from}`);
  for (const path of paths) {
    const source = join(base, path);
    if (!existsSync(source)) throw new Error(`The Dockerfile copies ${path}, which is not there`);
    const isInto =
      to.endsWith("/") || (existsSync(join(stage.workdir, to)) && basename(to) !== basename(path));
    cpSync(source, join(stage.workdir, to, isInto ? basename(path) : ""), { recursive: true });
  }
}

function run(stage: Stage, command: string): void {
  const { PATH = "", HOME = "" } = process.env;
  const done = spawnSync("sh", ["-ec", command], {
    cwd: stage.workdir,
    env: { PATH, HOME, ...stage.env },
    encoding: "utf8",
  });
  if (done.status !== 0) throw new Error(`${command}\n${done.stdout}${done.stderr}`);
}
