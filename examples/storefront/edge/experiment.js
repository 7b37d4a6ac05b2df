// Half of the visitors see the new checkout; the cookie keeps them there.
function handler(event) {
  const request = event.request;
  let group = request.cookies.checkout ? request.cookies.checkout.value : undefined;
  if (group !== 'a' && group !== 'b') {
    group = Math.random() < 0.5 ? 'a' : 'b';
  }
  request.headers['x-checkout'] = { value: group };
  if (group === 'b') {
    request.uri = '/checkout-b' + request.uri.substring('/checkout'.length);
  }
  return request;
}
