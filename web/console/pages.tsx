import { useEffect } from "preact/hooks";
import { useConsole } from "./console-context.ts";
import { DiscrepanciesPage } from "./discrepancies-page.tsx";
import { HomePage } from "./home-page.tsx";
import { OrderPage } from "./order-page.tsx";
import { OrdersPage } from "./orders-page.tsx";
import { SettingsPage } from "./settings-page.tsx";
import { WorkPage } from "./work-page.tsx";

interface PagesProps {
  readonly path: string;
  readonly onSignedOut: () => void;
}

/** The page that an address names. */
export function Pages({ path, onSignedOut }: PagesProps) {
  const { words } = useConsole();
  const [, section = "", id] = path.split("/").map(decodeURIComponent);
  useEffect(() => {
    const name = words.nav[(section === "" ? "home" : section) as keyof typeof words.nav];
    document.title = name === undefined ? words.title : `${id ?? name} · ${words.title}`;
  }, [section, id, words]);
  if (section === "") return <HomePage />;
  if (section === "orders") return id === undefined ? <OrdersPage /> : <OrderPage key={id} id={id} />;
  if (section === "discrepancies") return <DiscrepanciesPage chosen={id} />;
  if (section === "work") return <WorkPage tab={id} />;
  if (section === "settings") return <SettingsPage tab={id} onSignedOut={onSignedOut} />;
  return <h1>{words.notFound}</h1>;
}
