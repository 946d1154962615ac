// Package console_test walks the console in headless Chromium, against gatehouse-dev:
// what people do there, what the browser must not hold, and what axe finds.
package console_test
