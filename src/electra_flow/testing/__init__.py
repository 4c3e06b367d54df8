"""What the tests of every project share: fixtures, and the tests that hold for all of them."""
