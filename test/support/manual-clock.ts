export { ManualClock } from '../../plugin/testing/manual-clock.js';
