// Package builtin is the tools that come with the platform: who am I, a die, a
// greeting card with a user interface, and two questions to Microsoft Graph
// asked as the signed-in person.
//
// It owns their definitions, what they answer and how a refusal by Entra or
// Graph reads to a model. It never decides who may use them and never keeps a
// token. The composition root puts them into the registry of tools.
package builtin
