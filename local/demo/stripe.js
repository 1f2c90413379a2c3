// What the payment sheet in the app does: confirm a payment with Stripe itself, by the publishable
// key and the client secret. Firetill has no part in it and hears of it by webhook.

const PUBLISHABLE_KEY = "pk_test_firetill_local";
const SECRET_KEY = "sk_test_firetill_local";

/** Pays a PaymentIntent with a test card; returns the PaymentIntent as Stripe shows it to apps. */
export async function confirmPayment(stripeUrl, paymentIntent, clientSecret) {
  const answer = await fetch(`${stripeUrl}/v1/payment_intents/${paymentIntent}/confirm`, {
    method: "POST",
    body: new URLSearchParams({
      key: PUBLISHABLE_KEY,
      client_secret: clientSecret,
      payment_method: "pm_card_visa",
    }),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`Stripe refused the payment: ${body.error.message}`);
  return body;
}

/** Refunds a payment, as an operator does in the dashboard. */
export async function refund(stripeUrl, paymentIntent) {
  const answer = await fetch(`${stripeUrl}/v1/refunds`, {
    method: "POST",
    headers: {Authorization: `Bearer ${SECRET_KEY}`},
    body: new URLSearchParams({payment_intent: paymentIntent}),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`Stripe refused the refund: ${body.error.message}`);
  return body;
}

/** Turns one of the double's controls, such as how often it delivers each event. */
export async function control(stripeUrl, name, input) {
  const answer = await fetch(`${stripeUrl}/_control/${name}`, {
    method: "POST",
    body: JSON.stringify(input),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${name}: ${body.error}`);
  return body.result;
}
