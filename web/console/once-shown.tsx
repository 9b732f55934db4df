import { CopyButton } from "../design/copy-button.tsx";
import { Message } from "../design/message.tsx";
import { useConsole } from "./console-context.ts";
import "./once-shown.css";

interface OnceShownProps {
  readonly lead: string;
  readonly secret: string;
}

/** A secret that nobody can show again. */
export function OnceShown({ lead, secret }: OnceShownProps) {
  const { words } = useConsole();
  return (
    <Message tone="warn" isAlert>
      <p>{lead}</p>
      <p class="secret">
        <code class="mono" id="secret">
          {secret}
        </code>
        <CopyButton text={secret} words={words.common} what={lead} />
      </p>
    </Message>
  );
}
