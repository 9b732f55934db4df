import { render } from "preact";
import { loadFonts } from "../../design/load-fonts.ts";
import { PaymentWindow } from "./payment-window.tsx";

const place = document.getElementById("app");
if (place !== null) render(<PaymentWindow />, place);
loadFonts();
