// Package app is the composition root: it builds the processes out of the
// packages below it, hands each only what it uses, and starts and stops what
// runs in the background.
//
// It owns no rule of the product. cmd/api, cmd/worker, the benchmark and the demo
// call it.
//
//	foundation.go what every process is made of that asks Entra and Graph
//	api.go        what the api process is made of, and its life
//	worker.go     what the worker is made of, and its life
//	run.go        from configuration to a served process; migrations
//	metrics.go    what counts the audit log
//	routes.go     its table of contents
//	health.go     /healthz and /readyz
//	serve.go      listening and a graceful stop
//	kek.go        the key-encryption key, from wherever the configuration says
//	rotate.go     wrapping every key anew
//	keys.go       the federation issuer, and what joins keys and secrets to the store
//	console.go    what the console is made of
//	platform.go   what the platform proves itself with, from configuration
//	sources.go    what speaks to the servers behind us
//	hooks.go      what Graph tells, and the subscriptions that have it do so
//	asking.go     what joins entra's token client to those who need tokens
package app
