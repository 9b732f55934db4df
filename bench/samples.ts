/** Orders and their payments, made up from a series and a number, so that every process knows them without being told. */
export interface Sample {
  readonly merchantUid: string;
  readonly impUid: string;
  readonly amount: number;
}

/** A run of samples: each contender has a series of its own, so that no one finds an answer that another has warmed. */
export interface Range {
  readonly series: number;
  readonly from: number;
  readonly count: number;
}

export function sampleAt(series: number, index: number): Sample {
  return {
    merchantUid: `bench-${series}-${String(index).padStart(9, "0")}`,
    impUid: `imp_${series}${String(index).padStart(11, "0")}`,
    amount: 1_000 + (index % 90) * 1_000,
  };
}

/** The buyer of every sample: a real shop names one, and Dojang encrypts it. */
export const BUYER = { name: "김도장", email: "buyer@example.com", tel: "010-1234-5678" };

/** Those of the contenders beside Dojang. */
export const OTHERS_SERIES = { guide: 2, bare: 3, lookup: 4, proxy: 5 } as const;
