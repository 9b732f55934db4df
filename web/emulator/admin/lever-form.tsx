import { useState } from "preact/hooks";
import { Button } from "../../design/button.tsx";
import { Field, Select } from "../../design/field.tsx";
import { type Levers, pull, read } from "./admin-api.ts";
import type { Act, AdminWords } from "./admin-page.tsx";

interface LeverFormProps {
  readonly first: Levers;
  readonly words: AdminWords;
  readonly act: Act;
}

const HOUR_MS = 3_600_000;
const FORMATS = ["json", "form"].map((format) => [format, format] as const);

/** The gateway as a whole: its webhooks, its speed, its time, its memory. */
export function LeverForm({ first, words, act }: LeverFormProps) {
  const [levers, setLevers] = useState(first);
  const show = () =>
    read<Levers>("/").then(setLevers, () => {
      // The payments above say that nobody answers.
    });
  const pullAndShow: Act = async (name, work) => {
    await act(name, work);
    await show();
  };
  return (
    <section class="admin-section" aria-labelledby="levers-title">
      <h2 id="levers-title">{words.levers}</h2>
      <div class="levers">
        <WebhookLever words={words} act={pullAndShow} levers={levers} />
        <DelayLever words={words} act={pullAndShow} levers={levers} />
        <fieldset class="panel moves">
          <legend>{words.time}</legend>
          <output class="mono">
            {new Date(levers.now).toLocaleString("sv-SE", { timeZone: "Asia/Seoul" })}
          </output>
          <Button
            kind="plain"
            onClick={() => pullAndShow(words.hour, () => pull("/clock/advance", { ms: HOUR_MS }))}
          >
            {words.hour}
          </Button>
          <Button
            kind="plain"
            onClick={() => pullAndShow(words.day, () => pull("/clock/advance", { ms: 24 * HOUR_MS }))}
          >
            {words.day}
          </Button>
        </fieldset>
        <fieldset class="panel moves">
          <legend>{words.memory}</legend>
          <p class="quiet">{words.memoryHint}</p>
          <Button kind="plain" onClick={() => pullAndShow(words.reset, () => pull("/reset", {}))}>
            {words.reset}
          </Button>
        </fieldset>
      </div>
    </section>
  );
}

function WebhookLever({
  words,
  act,
  levers: { webhooks },
}: Omit<LeverFormProps, "first"> & { readonly levers: Levers }) {
  const [url, setUrl] = useState(webhooks.url ?? "");
  const [format, setFormat] = useState(webhooks.format);
  const [auto, setAuto] = useState(webhooks.auto);
  const body = { url: url.trim() === "" ? null : url.trim(), format, auto };
  return (
    <fieldset class="panel moves">
      <legend>{words.webhooks}</legend>
      <Field
        label={words.url}
        type="url"
        placeholder={words.none}
        value={url}
        onInput={({ currentTarget }) => setUrl(currentTarget.value)}
      />
      <Select
        label={words.format}
        options={FORMATS}
        value={format}
        onChange={({ currentTarget }) => setFormat(currentTarget.value)}
      />
      <label class="tick">
        <input
          type="checkbox"
          checked={auto}
          onChange={({ currentTarget }) => setAuto(currentTarget.checked)}
        />
        {words.auto}
      </label>
      <Button kind="plain" onClick={() => act(words.webhooks, () => pull("/webhooks/settings", body))}>
        {words.set}
      </Button>
    </fieldset>
  );
}

function DelayLever({ words, act, levers }: Omit<LeverFormProps, "first"> & { readonly levers: Levers }) {
  const [ms, setMs] = useState(String(levers.delayMs));
  return (
    <fieldset class="panel moves">
      <legend>{words.delay}</legend>
      <Field
        label={words.delayMs}
        type="number"
        min={0}
        step={10}
        value={ms}
        onInput={({ currentTarget }) => setMs(currentTarget.value)}
      />
      <Button kind="plain" onClick={() => act(words.delay, () => pull("/delay", { ms: Number(ms) }))}>
        {words.set}
      </Button>
    </fieldset>
  );
}
