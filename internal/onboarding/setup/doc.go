// Package setup prepares an organization's Entra tenant for its endpoint: it
// turns the organization's real values into one Plan, ordered steps as data in
// the order Entra needs, and the Plan into what an administrator can use.
//
//	values.go redirect.go   what a set-up is made of, and what is refused
//	plan.go step.go own.go shared.go   the Plan
//	tree.go                 JSON trees with variables in them
//	portal.go               the Plan for the Entra admin center
//	az.go powershell.go     the Plan as scripts
//	bicep.go terraform.go   the Plan as declarations
//	create.go               the Plan carried out with an administrator's token
//
// Every way ends in the same objects in Entra. The package asks nobody anything
// by itself: Creator is handed a Graph that holds the administrator's token, and
// knows no token. It is called by the console and the onboarding steps.
package setup
