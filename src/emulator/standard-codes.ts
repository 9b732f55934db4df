/** Standard codes of the Korea Financial Telecommunications institute, as far as the payment window offers them. */
export const BANKS: Readonly<Record<string, string>> = {
  "003": "기업은행",
  "004": "국민은행",
  "011": "농협은행",
  "020": "우리은행",
  "081": "하나은행",
  "088": "신한은행",
  "090": "카카오뱅크",
};

export const CARDS: Readonly<Record<string, string>> = {
  "361": "BC카드",
  "365": "삼성카드",
  "366": "신한카드",
  "367": "현대카드",
  "368": "롯데카드",
  "381": "국민카드",
};
