import { runSql } from "./postgres/start-postgres.ts";

/**
 * Ends every lease at once, as a minute of waiting would: what a killed process had claimed is free, and what a living one holds is run
 * twice. On SQLite the next process to open the file does so by itself.
 */
export async function expireLeases(url: string): Promise<void> {
  if (url.startsWith("sqlite:")) return;
  await runSql(url, "UPDATE tasks SET wake_at = 0 WHERE state = 'leased'");
}
