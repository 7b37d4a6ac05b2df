//! What a front end is: the contract, registration of constructs, discovery.
