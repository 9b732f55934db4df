import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { Badge } from "../design/badge.tsx";
import { moneyText } from "../design/language.ts";
import type { Figures } from "./answers.ts";
import { useConsole, useReading } from "./console-context.ts";
import { HomeCharts } from "./home-charts.tsx";
import { Link } from "./router.tsx";
import { Time } from "./states.tsx";
import "./home-page.css";

/** Figures move while nothing happens, too: a day begins, a webhook stays away. */
const READ_EVERY_MS = 30_000;

/** How the shop does today, and whether anything needs somebody. */
export function HomePage() {
  const { words } = useConsole();
  const { answer: figures, again } = useReading<Figures>("/figures");
  useEffect(() => {
    const timer = setInterval(() => document.hidden || again(), READ_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  if (figures === undefined) return <p class="quiet">{words.common.loading}</p>;
  return (
    <>
      <div class="page-head">
        <h1>{words.home.title}</h1>
        <span class="quiet">
          <Time at={figures.at} />
        </span>
      </div>
      <Tiles figures={figures} />
      <Health figures={figures} />
      <HomeCharts figures={figures} />
    </>
  );
}

function Tiles({ figures }: { readonly figures: Figures }) {
  const { words, language } = useConsole();
  const { home } = words;
  const { troubles, latency } = figures;
  const rate = useMemo(() => rateOf(figures), [figures]);
  const money = figures.days.at(-1)?.money ?? [];
  const shown =
    money.length === 0 ? [{ currency: "KRW", paid_count: 0, paid_amount: 0, refunded_amount: 0 }] : money;
  const seconds = (ms: number | null) => (ms === null ? "–" : duration(ms, language));
  return (
    <div class="tiles">
      {shown.map((row) => (
        <Tile
          key={row.currency}
          name={home.paid}
          id={`paid-${row.currency}`}
          note={home.paidCount(row.paid_count)}
        >
          {moneyText(row.paid_amount, row.currency, language)}
        </Tile>
      ))}
      {shown.map((row) => (
        <Tile key={row.currency} name={home.refunded}>
          {moneyText(row.refunded_amount, row.currency, language)}
        </Tile>
      ))}
      <Tile
        name={home.rate}
        note={`${home.rateNote}${rate.rejected > 0 ? ` · ${home.rejected(rate.rejected)}` : ""}`}
      >
        {rate.share === undefined ? "–" : `${(rate.share * 100).toFixed(rate.share === 1 ? 0 : 1)}%`}
      </Tile>
      <Tile
        name={home.latency}
        note={
          latency.count === 0
            ? undefined
            : `${home.latencyNote(latency.count)} · ${home.p95(seconds(latency.p95_ms))}`
        }
      >
        {seconds(latency.p50_ms)}
      </Tile>
      <Tile
        name={home.discrepancies}
        id="open-discrepancies"
        to="/discrepancies"
        isBad={troubles.open_discrepancies > 0}
        note={troubles.open_discrepancies > 0 ? home.discrepanciesNote : home.allClear}
      >
        {countText(troubles.open_discrepancies)}
      </Tile>
      <Tile
        name={home.tasks}
        to="/work/tasks"
        isBad={troubles.dead_tasks > 0}
        note={troubles.failing_tasks > 0 ? home.failing(troubles.failing_tasks) : home.allClear}
      >
        {countText(troubles.dead_tasks)}
      </Tile>
    </div>
  );
}

interface TileProps {
  readonly name: string;
  readonly note?: string | undefined;
  readonly id?: string;
  readonly to?: string;
  readonly isBad?: boolean;
  readonly children: ComponentChildren;
}

function Tile({ name, note, id, to, isBad = false, children }: TileProps) {
  return (
    <section class={isBad ? "tile tile-bad" : "tile"} id={id} aria-label={name}>
      <h2 class="tile-name">{to === undefined ? name : <Link to={to}>{name}</Link>}</h2>
      <p class="tile-value">{children}</p>
      {note && <p class="quiet small">{note}</p>}
    </section>
  );
}

const GATEWAY_TONES = { ok: "good", unreachable: "warn", misconfigured: "bad" } as const;
const ENDPOINT_TONES = { none: "plain", enabled: "good", failing: "warn", disabled: "bad" } as const;

function Health({ figures: { gateway, webhooks, endpoint } }: { readonly figures: Figures }) {
  const { words } = useConsole();
  const { home } = words;
  return (
    <section class="panel health" aria-labelledby="health-title">
      <h2 id="health-title">{home.health}</h2>
      <ul class="row">
        <li>
          {home.gateway} <Badge tone={GATEWAY_TONES[gateway]}>{home.gateways[gateway]}</Badge>
        </li>
        <li>
          {home.webhooks}{" "}
          {webhooks.silent ? (
            <Badge tone="bad">{home.silent}</Badge>
          ) : webhooks.last_at === null ? (
            <Badge tone="plain">{home.noHint}</Badge>
          ) : (
            <Badge tone="good">
              <Time at={webhooks.last_at} />
            </Badge>
          )}
        </li>
        <li>
          {home.endpoint}{" "}
          <Badge tone={ENDPOINT_TONES[endpoint.state]}>{home.endpoints[endpoint.state]}</Badge>
        </li>
      </ul>
    </section>
  );
}

/** Of the orders that ended in the last day: how many were paid. */
function rateOf({ hours, at }: Figures) {
  const since = Date.parse(at) - 24 * 3_600_000;
  const count = (type: string) =>
    hours
      .filter((hour) => hour.type === type && Date.parse(hour.at) >= since)
      .reduce((sum, hour) => sum + hour.count, 0);
  const paid = count("order.paid");
  const ended = paid + count("order.expired");
  return { share: ended === 0 ? undefined : paid / ended, rejected: count("payment.rejected") };
}

const countText = (count: number) => (count >= 1000 ? "1,000+" : String(count));

function duration(ms: number, language: string): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}${language === "ko" ? "초" : " s"}`;
  return `${(ms / 60_000).toFixed(1)}${language === "ko" ? "분" : " min"}`;
}
