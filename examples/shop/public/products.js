import { askShop, byId, fillTemplate, problemText, showProblem, won } from "./shop.js";

try {
  const { products } = await askShop("/api/shop");
  for (const product of products) {
    const item = fillTemplate("product", { ...product, price: won(product.price) });
    item.querySelector("img").src = `/assets/${product.id}.svg`;
    item.querySelector("[data-link]").href = `/checkout?product=${product.id}`;
    byId("products").append(item);
  }
} catch (error) {
  showProblem(problemText(error.code));
}
