module.exports = { testEnvironment: 'node', testMatch: ['**/*.test.js', '**/*.test.mjs'], transform: {} };
