import "../design/base.css";
import "./banner.css";
import { en } from "./words-en.ts";
import { ko } from "./words-ko.ts";

/** Said in both languages, whatever the page speaks: nobody may take this for the real thing. */
export function Banner() {
  return (
    <p class="banner">
      <strong lang="ko">{ko.noMoney}</strong> <span lang="en">{en.noMoney}</span>
    </p>
  );
}
