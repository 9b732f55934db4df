import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { addOperator } from "../../src/usecases/operators.ts";
import { makeOperator, OPERATOR_PASSWORD } from "../support/console.ts";
import { type ConsoleStage, openConsoleStage, type Visit } from "../support/console-stage.ts";
import { until } from "../support/until.ts";

const SCRIPT = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
const OPERATOR = "이대리";
let stage: ConsoleStage;
let operator: Visit;
let viewer: Visit;
before(async () => {
  stage = await openConsoleStage();
  viewer = await stage.operator("viewer");
  operator = await stage.operator("operator", { name: OPERATOR });
});
after(() => stage[Symbol.asyncDispose]());

const signIn = async ({ page }: Visit, name: string, password: string) => {
  await page.locator("[name=name]").fill(name);
  await page.locator("[name=password]").fill(password);
  await page.locator("[type=submit]").click();
};

describe("The console's door", () => {
  test("refuses a wrong password, and opens to the right one until somebody signs out", async () => {
    await makeOperator(stage.dojang, "door", "viewer");
    const visit = await stage.visitor();
    await signIn(visit, "door", "not the right one");
    await visit.page.getByText("이름이나 비밀번호가 맞지 않습니다.").waitFor();
    await signIn(visit, "door", OPERATOR_PASSWORD);
    await visit.page.locator("#live").waitFor();
    await visit.page.reload();
    await visit.page.locator("#live").waitFor();
    await visit.go("/settings/account");
    await visit.page.getByRole("button", { name: "로그아웃", exact: true }).click();
    await visit.page.getByRole("heading", { name: "콘솔에 로그인" }).waitFor();
    assert.deepEqual(visit.faults, []);
  });

  test("asks who has a first password for one of their own", async () => {
    const added = await addOperator(stage.dojang.dojang.deps, {
      name: "newcomer",
      role: "viewer",
      actor: "host",
    });
    assert.equal(added.kind, "added");
    const first = added.kind === "added" ? added.password : "";
    const visit = await stage.visitor({ locale: "en-US" });
    await signIn(visit, "newcomer", first);
    await visit.page.getByRole("heading", { name: "Choose a new password" }).waitFor();
    const fill = async (next: string, again: string) => {
      await visit.page.locator("[name=current]").fill(first);
      await visit.page.locator("[name=next]").fill(next);
      await visit.page.locator("[name=again]").fill(again);
      await visit.page.locator("[type=submit]").click();
    };
    await fill(OPERATOR_PASSWORD, "something else 12");
    await visit.page.getByText("The two are not the same.").waitFor();
    await fill("aaaaaaaaaaaa", "aaaaaaaaaaaa");
    await visit.page.getByText("The new password is too easy.").waitFor();
    await fill(OPERATOR_PASSWORD, OPERATOR_PASSWORD);
    await visit.page.locator("#live").waitFor();
  });

  test("is where one stands when the session is over", async () => {
    const visit = await stage.operator("viewer", { name: "ending" });
    const act = {
      action: "operator.signed_out_everywhere",
      actor: "host",
      subject: "ending",
      data: {},
    } as const;
    await stage.dojang.dojang.deps.store.console.endSessions("ending", act);
    const door = visit.page.getByText("로그인이 끝났습니다.");
    // Whichever comes first: the page may have noticed by itself.
    await visit.page.getByRole("link", { name: "주문", exact: true }).or(door).click();
    await door.waitFor();
    assert.deepEqual(visit.faults, []);
  });
});

describe("Orders", () => {
  test("are found by a phone number that stands in no address, and opened", async () => {
    const { merchant_uid } = await stage.paid({ customer: { tel: "010-9876-1111", name: "김영희" } });
    const { page, faults } = viewer;
    await page.getByRole("link", { name: "주문", exact: true }).click();
    await page.locator("[name=q]").fill("01098761111");
    await page.locator("[name=q]").press("Enter");
    await until("one order is left", async () => (await page.locator("#orders tr").count()) === 1);
    assert.equal(page.url().includes("0109876"), false);
    await page.getByRole("link", { name: merchant_uid }).click();
    await page.locator("#facts").getByText("**1111").waitFor();
    assert.equal(await page.getByRole("button", { name: "환불" }).count(), 0);
    assert.deepEqual(faults, []);
  });

  test("show the buyer and the whole answer to who may ask for it", async () => {
    const { merchant_uid, imp_uid } = await stage.paid({}, { buyer_tel: "010-5555-7777" });
    const { page, go } = operator;
    await go(`/orders/${merchant_uid}`);
    await page.getByRole("button", { name: "개인정보 보기" }).click();
    await page.getByText("hong@example.com").waitFor();
    await page.getByText("아임포트 원문").click();
    await page.getByRole("button", { name: "가린 값까지 보기" }).click();
    await page.getByText("010-5555-7777").waitFor();
    const { acts } = await stage.dojang.dojang.deps.store.listActs({ limit: 2 });
    assert.deepEqual(
      acts.map(({ subject, data }) => [subject, data["what"]]),
      [
        [merchant_uid, `answer:${imp_uid}`],
        [merchant_uid, "customer"],
      ],
    );
  });

  test("are refunded in part, and the page shows it without a reload", async () => {
    const { merchant_uid } = await stage.paid();
    const { page, go, faults } = operator;
    await go(`/orders/${merchant_uid}`);
    await page.getByRole("button", { name: "환불", exact: true }).click();
    await page.locator("#rest").getByText("50,000원").waitFor();
    await page.getByRole("radio", { name: "일부" }).check();
    await page.locator("[name=amount]").fill("20000");
    await page.locator("[name=reason]").fill("한 개만 반품");
    await page.getByRole("button", { name: "20,000원 환불하기" }).click();
    await page.locator("#refunds").getByText("끝남").waitFor();
    await page.getByText("일부 환불", { exact: true }).first().waitFor();
    await page.locator("#audit").getByText(OPERATOR).waitFor();
    const order = (await stage.dojang.read(merchant_uid)).body;
    assert.deepEqual([order.refunded_amount, order.refunds.length], [20_000, 1]);
    assert.deepEqual(faults, []);
  });

  test("that nobody paid are cancelled with a reason", async () => {
    const merchant_uid = await stage.order();
    const { page, go } = operator;
    await go(`/orders/${merchant_uid}`);
    await page.getByRole("button", { name: "주문 취소" }).click();
    await page.locator("dialog [name=reason]").fill("재고 없음");
    await page.locator("dialog [type=submit]").click();
    await page.locator("#audit").getByText("“재고 없음”").waitFor();
    assert.equal((await stage.dojang.read(merchant_uid)).body.status, "cancelled");
  });
});

describe("A discrepancy", () => {
  test("is looked at beside the order, and its money given back", async () => {
    const { merchant_uid } = await stage.paid({ amount: 64_000 }, { amount: 640 });
    const { page, go, faults } = operator;
    await go("/discrepancies");
    await page.locator(".evidence .different").getByText("640", { exact: true }).waitFor();
    await page.getByRole("button", { name: "돈을 돌려주기" }).click();
    await page.locator("dialog [name=reason]").fill("금액을 바꾼 결제");
    await page.locator("dialog [type=submit]").click();
    await page.getByText("열린 불일치가 없습니다.").waitFor();
    const order = (await stage.dojang.read(merchant_uid)).body;
    assert.notEqual(order.discrepancies[0].resolved_at, null);
    await until(
      "the money went back",
      async () => (await stage.dojang.read(merchant_uid)).body.payments[0].cancelled_amount === 640,
    );
    const audit = await stage.dojang.dojang.deps.store.readAudit(merchant_uid);
    assert.equal(audit[0]?.actor, OPERATOR);
    assert.deepEqual(faults, []);
  });
});

describe("What happens", () => {
  test("appears on an open page by itself", async () => {
    const merchant_uid = await stage.order();
    const { page, go } = viewer;
    await go(`/orders/${merchant_uid}`);
    await page.getByText("결제 전", { exact: true }).waitFor();
    const made = { merchant_uid, amount: 50_000, status: "paid", sandbox: true } as const;
    const { imp_uid } = stage.emulator.model.createPayment(made);
    await stage.dojang.complete({ imp_uid, merchant_uid });
    await page.getByText("결제 완료", { exact: true }).waitFor();
    await page.locator("#timeline").getByText("결제 확인").waitFor();
  });

  test("is missed while the server is not reached, and the page says so", async () => {
    const { page } = viewer;
    await page.locator("#live").getByText("실시간").waitFor();
    await page.route("**/console/api/live", (route) => route.abort());
    await page.reload();
    await page.getByText("서버와 연결이 끊겼습니다.").waitFor();
    await page.unroute("**/console/api/live");
    await page.locator("#live").getByText("실시간").waitFor();
    assert.equal(await page.getByText("서버와 연결이 끊겼습니다.").count(), 0);
  });
});

describe("R41-b script text that somebody sent", () => {
  test("shows as text wherever it stands", async () => {
    const customer = { name: SCRIPT, id: SCRIPT };
    const { merchant_uid } = await stage.paid(
      { name: SCRIPT, customer, metadata: { note: SCRIPT } },
      { buyer_name: SCRIPT, amount: 1, fail_reason: SCRIPT },
    );
    const { page, go, faults } = operator;
    await go("/orders");
    await page.getByText(SCRIPT).first().waitFor();
    await go(`/orders/${merchant_uid}`);
    await page.getByRole("heading", { name: SCRIPT }).waitFor();
    await page.getByRole("button", { name: "개인정보 보기" }).click();
    await page.locator("#facts").getByText(SCRIPT).nth(2).waitFor();
    await page.getByText("아임포트 원문").click();
    await page.getByRole("button", { name: "가린 값까지 보기" }).click();
    await page.locator("td").getByText(SCRIPT).first().waitFor();
    await page.getByRole("button", { name: "주문 취소" }).click();
    await page.locator("dialog [name=reason]").fill(SCRIPT);
    await page.locator("dialog [type=submit]").click();
    await page.locator("#audit").getByText(SCRIPT).waitFor();
    await go("/discrepancies");
    await page.locator(".evidence").waitFor();
    assert.equal(await page.evaluate("window.hacked"), undefined);
    assert.deepEqual(faults, []);
  });
});
