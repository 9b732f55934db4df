import { render } from "preact";
import { loadFonts } from "../../design/load-fonts.ts";
import { AdminPage } from "./admin-page.tsx";

const place = document.getElementById("app");
if (place !== null) render(<AdminPage />, place);
loadFonts();
