package authserver

// RefreshToken is how refresh tokens are made.
var RefreshToken = refreshToken

// MostConfirmationsOfOne is how many an organization has under way at a time.
const MostConfirmationsOfOne = mostConfirmationsOfOne
