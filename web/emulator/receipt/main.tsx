import { render } from "preact";
import { loadFonts } from "../../design/load-fonts.ts";
import { ReceiptPage } from "./receipt-page.tsx";

const place = document.getElementById("app");
const impUid = new URLSearchParams(location.search).get("imp_uid") ?? "";
if (place !== null) render(<ReceiptPage impUid={impUid} />, place);
loadFonts();
