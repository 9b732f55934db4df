import { pull, type Switches, type SwitchValue, type SwitchValues } from "./admin-api.ts";
import type { Act, AdminWords } from "./admin-page.tsx";

interface SwitchFormProps {
  readonly switches: Switches;
  readonly values: SwitchValues;
  readonly words: AdminWords;
  readonly act: Act;
}

/** One field for each switch: a tick, a list of its values, or a line of text. */
export function SwitchForm({ switches, values, words, act }: SwitchFormProps) {
  return (
    <section class="admin-section" aria-labelledby="switches-title">
      <h2 id="switches-title">{words.switches}</h2>
      <p class="quiet">{words.switchesHint}</p>
      <div id="switch-rows" class="switches">
        {Object.entries(switches).map(([name, value]) => (
          <div key={name} class={typeof value === "boolean" ? "switch tick" : "switch"}>
            <label class="mono" for={`switch-${name}`}>
              {name}
            </label>
            <SwitchField
              id={`switch-${name}`}
              value={value}
              choices={values[name]?.enum}
              onSet={(set) => act(`${name}: ${set}`, () => pull("/switches", { [name]: set }))}
            />
          </div>
        ))}
      </div>
    </section>
  );
}

interface SwitchFieldProps {
  readonly id: string;
  readonly value: SwitchValue;
  readonly choices: readonly string[] | undefined;
  readonly onSet: (value: SwitchValue) => void;
}

function SwitchField({ id, value, choices, onSet }: SwitchFieldProps) {
  if (typeof value === "boolean")
    return (
      <input
        id={id}
        type="checkbox"
        defaultChecked={value}
        onChange={({ currentTarget }) => onSet(currentTarget.checked)}
      />
    );
  const read = (text: string) => (typeof value === "number" ? Number(text) : text);
  if (choices === undefined)
    return (
      <input
        id={id}
        class="field-input"
        defaultValue={String(value)}
        onChange={({ currentTarget }) => onSet(read(currentTarget.value))}
      />
    );
  return (
    <select id={id} class="field-input" onChange={({ currentTarget }) => onSet(read(currentTarget.value))}>
      {choices.map((choice) => (
        <option key={choice} value={choice} selected={choice === String(value)}>
          {choice}
        </option>
      ))}
    </select>
  );
}
