// Package onboarding brings an organization from its first sign-in to a working
// connection, and finds what is wrong with one.
//
// It owns the proof that somebody administers an Entra tenant, the rules of
// claiming, admission, recovery and deletion, admin consent and the token that
// proves it, the steps that are shown to people, and the doctor. What is done is
// always derived from what is true; there is no counter of steps. It stores
// nothing itself, never signs anybody in and never holds a credential: those are
// handed to it. The console and the command line call it.
package onboarding
