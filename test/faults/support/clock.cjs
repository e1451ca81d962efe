// Loaded into the program before it starts: SIGUSR2 sets the clock, as the program sees it, an hour forward, the next one
// two hours back, and so on.
const RealDate = Date;
const HOUR = 3_600_000;
let set = 0;

class SetDate extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(SetDate.now());
    else super(...given);
  }

  static now() {
    return RealDate.now() + set;
  }
}

globalThis.Date = SetDate;
process.on('SIGUSR2', () => {
  set = set > 0 ? -HOUR : HOUR;
  process.stdout.write(`clock set by ${set}\n`);
});
