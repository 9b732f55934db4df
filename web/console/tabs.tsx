import { Link } from "./router.tsx";
import "./tabs.css";

interface TabsProps {
  readonly name: string;
  readonly tabs: readonly (readonly [to: string, text: string])[];
  readonly current: string;
}

/** Parts of one page, each with an address of its own. */
export function Tabs({ name, tabs, current }: TabsProps) {
  return (
    <nav class="tabs" aria-label={name}>
      {tabs.map(([to, text]) => (
        <Link key={to} to={to} class="nav-link" isCurrent={to === current}>
          {text}
        </Link>
      ))}
    </nav>
  );
}
