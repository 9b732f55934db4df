import { useEffect, useState } from "preact/hooks";
import { Button } from "./button.tsx";
import "./copy-button.css";

interface CopyButtonProps {
  readonly text: string;
  readonly words: { readonly copy: string; readonly copied: string; readonly notCopied: string };
  /** What is copied, for those who listen. */
  readonly what: string;
}

const SAID_FOR_MS = 4000;

/** Copies a text and says so. A browser that refuses (a page without TLS) is said too: the number stands beside it. */
export function CopyButton({ text, words, what }: CopyButtonProps) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (said === "") return undefined;
    const timer = setTimeout(() => setSaid(""), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid(words.copied);
    } catch {
      setSaid(words.notCopied);
    }
  };
  return (
    <span class="copy">
      <Button kind="plain" onClick={() => void copy()} aria-label={`${what} ${words.copy}`}>
        {words.copy}
      </Button>
      <span class="copy-said" role="status">
        {said}
      </span>
    </span>
  );
}
