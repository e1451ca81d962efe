require('../../../dist/lib/media/workers/worker.js');
