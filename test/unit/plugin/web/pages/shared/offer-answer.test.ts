import { OfferAnswer } from '../../../../../../plugin/web/pages/shared/sip/offer-answer.js';

function exchange(answer: string | undefined) {
  const said: string[] = [];
  const offerAnswer = new OfferAnswer({
    offer: () => 'our offer',
    answer: (offer) => {
      said.push(`asked: ${offer}`);
      return answer;
    },
    answered: (sdp) => said.push(`answered: ${sdp}`),
  });
  return { offerAnswer, said };
}

test('3264-5: ours is answered by the next description that comes', async () => {
  const { offerAnswer, said } = exchange('ours');
  expect(await offerAnswer.getDescription()).toEqual({ body: 'our offer', contentType: 'application/sdp' });
  await offerAnswer.setDescription('theirs');
  expect(said).toEqual(['answered: theirs']);
});

test('3264-6: theirs is answered by us, or refused', async () => {
  const { offerAnswer, said } = exchange('our answer');
  await offerAnswer.setDescription('their offer');
  expect(await offerAnswer.getDescription()).toMatchObject({ body: 'our answer' });
  expect(said).toEqual(['asked: their offer']);
  const refusing = exchange(undefined).offerAnswer;
  await refusing.setDescription('their offer');
  await expect(refusing.getDescription()).rejects.toThrow('not acceptable');
});

test('what was refused is forgotten', async () => {
  const { offerAnswer, said } = exchange('our answer');
  await offerAnswer.getDescription();
  await offerAnswer.rollbackDescription();
  await offerAnswer.setDescription('their offer');
  expect(await offerAnswer.getDescription()).toMatchObject({ body: 'our answer' });
  expect(said).toEqual(['asked: their offer']);
  expect(
    ['application/sdp', 'Application/SDP; charset=utf-8', 'text/plain'].map((type) => offerAnswer.hasDescription(type)),
  ).toEqual([true, true, false]);
});
