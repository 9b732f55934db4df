import "../design/base.css";
import { render } from "preact";
import { loadFonts } from "../design/load-fonts.ts";
import { App } from "./app.tsx";

const place = document.getElementById("app");
if (place !== null) render(<App />, place);
loadFonts();
