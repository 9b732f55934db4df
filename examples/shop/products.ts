/** What the shop sells. Prices live here, on the server; the browser is never asked what something costs. */
export interface Product {
  id: string;
  name: string;
  nameEn: string;
  note: string;
  noteEn: string;
  /** Whole won. */
  price: number;
  /** Pieces when the shop starts. */
  stock: number;
}

export const PRODUCTS: readonly Product[] = [
  {
    id: "notebook",
    name: "한지 공책",
    nameEn: "Hanji notebook",
    note: "닥나무 한지 64쪽, 실로 묶은 오침 제본",
    noteEn: "64 pages of mulberry paper, five-hole binding",
    price: 12_000,
    stock: 300,
  },
  {
    id: "brush",
    name: "겸호 붓",
    nameEn: "Calligraphy brush",
    note: "처음 쓰는 분께 알맞은 중간 굵기",
    noteEn: "Mixed hair, a middle size for a first brush",
    price: 18_000,
    stock: 120,
  },
  {
    id: "inkstone",
    name: "남포 벼루",
    nameEn: "Nampo inkstone",
    note: "보령 남포석을 깎아 만든 손바닥 크기",
    noteEn: "Palm-sized, cut from Boryeong black stone",
    price: 48_000,
    stock: 60,
  },
  {
    id: "seal",
    name: "이름 도장",
    nameEn: "Name seal",
    note: "돌에 새긴 두 글자 이름, 인주 포함",
    noteEn: "Your name cut in stone, red paste included",
    price: 35_000,
    stock: 200,
  },
  {
    id: "teacup",
    name: "분청 찻잔",
    nameEn: "Buncheong tea cup",
    note: "물레로 빚은 한 점, 180 ml",
    noteEn: "Thrown by hand, one of a kind, 180 ml",
    price: 24_000,
    stock: 20,
  },
];
