// The SIP stack below the control protocol: message, transport, transaction, dialog. A user agent is built from it so:
//
//   const transport = await TransportLayer.listen({ udp: { host: '127.0.0.1', port: 0 } });
//   const transactions = new TransactionLayer(transport);
//
//   // UAC: an INVITE with From (tagged), To, Call-ID, CSeq, Contact, Max-Forwards; the Via is added for you
//   const invite = transactions.request(request, { uri: parseUri(request.uri) });
//   invite.on('response', (response, flow) => {
//     if (response.status < 200) return;                       // transactions.cancel(invite) ends it
//     if (response.status >= 300) return;                      // already ACKed
//     const dialog = Dialog.fromResponse(request, response, flow);
//     transactions.acknowledge(dialog.createAck(request), dialog.nextHop());
//   });                                                        // also: timeout (408), transportError (503)
//   transactions.request(dialog.createRequest('BYE'), dialog.nextHop());
//
//   // UAS: every new request; answer with transaction.reply(status, {…}) or transaction.respond(response)
//   transactions.on('request', (transaction) => transaction.reply(200, { toTag: randomToken() }));
//   // in a dialog: dialog.matches(request) and dialog.accept(request) check tags and CSeq and refresh the target;
//   // after a 2xx to an INVITE, `new AcceptedInvite(…)` repeats it until the ACK.
//
//   transactions.close(); await transport.close();
export * from './dialog/index.js';
export * from './message/index.js';
export * from './transaction/index.js';
export * from './transport/index.js';
