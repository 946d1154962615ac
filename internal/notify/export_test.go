package notify

// Sign is sign, for the example of the specification.
var Sign = sign
