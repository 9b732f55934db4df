import { useEffect, useState } from "preact/hooks";
import { Choices } from "../design/choices.tsx";
import type { Discrepancy, Page } from "./answers.ts";
import { useConsole, useReading } from "./console-context.ts";
import { DiscrepancyCard } from "./discrepancy-card.tsx";
import { go, Link } from "./router.tsx";
import { Time } from "./states.tsx";
import { wordOf } from "./words.ts";
import "./discrepancies-page.css";

/** A queue to work through: one is chosen, its evidence lies beside, and when it is ended the next one comes. */
export function DiscrepanciesPage({ chosen }: { readonly chosen: string | undefined }) {
  const { words } = useConsole();
  const [status, setStatus] = useState("open");
  const { answer, again } = useReading<Page<Discrepancy>>(`/v1/discrepancies?status=${status}&limit=100`);
  const other = useReading<Page<Discrepancy>>(
    `/v1/discrepancies?status=${status === "open" ? "resolved" : "open"}&limit=100`,
  );
  // The oldest has waited longest.
  const queue = status === "open" ? answer?.data.toReversed() : answer?.data;
  const found = [...(queue ?? []), ...(other.answer?.data ?? [])].find(({ id }) => id === chosen);
  const first = queue?.[0]?.id;
  useEffect(() => {
    if (chosen === undefined && first !== undefined)
      history.replaceState(null, "", `/console/discrepancies/${first}`);
  }, [chosen, first]);
  const shown = found ?? (chosen === undefined ? queue?.[0] : undefined);
  const ended = () => {
    again();
    other.again();
    const next = queue?.find(({ id }) => id !== shown?.id);
    if (status === "open") go(`/discrepancies${next === undefined ? "" : `/${next.id}`}`);
  };
  return (
    <>
      <div class="page-head">
        <h1>{words.discrepancies.title}</h1>
      </div>
      <p class="quiet">{words.discrepancies.lead}</p>
      <div class="columns-queue">
        <section aria-label={words.discrepancies.queue} class="stack-small">
          <Choices
            legend={words.common.state}
            isLegendUnseen
            isSmall
            name="status"
            value={status}
            onChange={setStatus}
            options={[
              { value: "open", text: words.discrepancies.open },
              { value: "resolved", text: words.discrepancies.resolved },
            ]}
          />
          <Queue rows={queue} shown={shown?.id} isOpen={status === "open"} />
        </section>
        <section aria-label={words.discrepancies.evidence}>
          {shown === undefined ? (
            queue !== undefined && queue.length > 0 && <p class="quiet">{words.discrepancies.choose}</p>
          ) : (
            <DiscrepancyCard key={shown.id} discrepancy={shown} onEnded={ended} />
          )}
        </section>
      </div>
    </>
  );
}

interface QueueProps {
  readonly rows: readonly Discrepancy[] | undefined;
  readonly shown: string | undefined;
  readonly isOpen: boolean;
}

function Queue({ rows, shown, isOpen }: QueueProps) {
  const { words } = useConsole();
  if (rows === undefined) return <p class="quiet">{words.common.loading}</p>;
  if (rows.length === 0)
    return <p class="quiet">{isOpen ? words.discrepancies.empty : words.discrepancies.emptyResolved}</p>;
  return (
    <ul class="queue" id="queue">
      {rows.map(({ id, kind, opened_at, merchant_uid }) => (
        <li key={id}>
          <Link to={`/discrepancies/${id}`} isCurrent={id === shown}>
            <strong>{wordOf(words.discrepancies.kinds, kind)}</strong>
            <span class="mono quiet clip">{merchant_uid}</span>
            <span class="quiet small">
              <Time at={opened_at} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
