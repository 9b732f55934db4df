import { askShop, byId, fillTemplate, koreanTime, problemText, STATES, showProblem, won } from "./shop.js";

try {
  const orders = await askShop("/api/orders");
  byId("empty").hidden = orders.length > 0;
  for (const order of orders) {
    const item = fillTemplate("order", {
      state: STATES[order.status] ?? order.status,
      name: order.name,
      when: koreanTime(order.created_at),
      amount: won(order.amount),
    });
    item.querySelector(".state").dataset.state = order.status;
    item.querySelector("[data-link]").href = `/result?merchant_uid=${encodeURIComponent(order.merchant_uid)}`;
    byId("orders").append(item);
  }
} catch (error) {
  showProblem(problemText(error.code ?? error.message));
}
