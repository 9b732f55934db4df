/** The database of the guide's code in the little that it asks for: a Map with mongoose's names. Nothing is kept. */
export class Documents<Document extends object> {
  readonly #documents = new Map<string, Document>();

  get size(): number {
    return this.#documents.size;
  }

  set(id: string, document: Document): void {
    this.#documents.set(id, document);
  }

  async findById(id: string): Promise<Document | undefined> {
    return this.#documents.get(id);
  }

  /** As mongoose does without `upsert`: a document that is not there stays away, and nothing is said. */
  async findByIdAndUpdate(id: string, { $set }: { $set: Partial<Document> }): Promise<Document | undefined> {
    const document = this.#documents.get(id);
    if (document !== undefined) this.#documents.set(id, { ...document, ...$set });
    return document;
  }
}
