import { useState } from "preact/hooks";
import { Button } from "../design/button.tsx";
import { type Column, Table } from "../design/table.tsx";
import type { Audit, Page } from "./answers.ts";
import { ask } from "./api.ts";
import { refusalText, useConsole, useReading } from "./console-context.ts";
import { Time } from "./states.tsx";
import { type Words, wordOf } from "./words.ts";

/** Who did what that concerns no order, newest first. */
export function AuditList() {
  const { words, say } = useConsole();
  const { answer } = useReading<Page<Audit>>("/v1/audit?limit=50", false);
  const [more, setMore] = useState<Page<Audit>>();
  const next = (more ?? answer)?.next_cursor ?? null;
  const readMore = () =>
    ask<Page<Audit>>("GET", `/v1/audit?limit=50&cursor=${encodeURIComponent(next ?? "")}`).then(
      ({ data, next_cursor }) => setMore({ data: [...(more?.data ?? []), ...data], next_cursor }),
      (error: unknown) => say(refusalText(error, words), true),
    );
  return (
    <div class="stack">
      <p class="quiet">{words.settings.audit.lead}</p>
      <Table
        caption={words.settings.tabs.audit}
        columns={columnsOf(words)}
        rows={[...(answer?.data ?? []), ...(more?.data ?? [])]}
        keyOf={({ position }) => String(position)}
        empty={answer === undefined ? words.common.loading : words.settings.audit.empty}
        bodyId="acts"
      />
      {next !== null && (
        <Button kind="plain" onClick={() => void readMore()}>
          {words.common.more}
        </Button>
      )}
    </div>
  );
}

function columnsOf(words: Words): readonly Column<Audit>[] {
  const { audit } = words.settings;
  const facts = (data: Audit["data"]) =>
    Object.entries(data)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => `${key}: ${value}`)
      .join(" · ");
  return [
    { name: "#", kind: "number", cell: ({ position }) => position },
    { name: words.common.at, cell: ({ at }) => <Time at={at} /> },
    { name: audit.actor, cell: ({ actor }) => <strong>{actor}</strong> },
    { name: audit.action, cell: ({ action }) => wordOf(words.acts, action) },
    { name: audit.subject, kind: "wide", cell: ({ subject }) => subject ?? "–" },
    { name: words.common.reason, kind: "wide", cell: ({ reason, data }) => reason ?? facts(data) },
  ];
}
