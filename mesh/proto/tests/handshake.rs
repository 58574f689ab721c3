//! Both sides of the handshake against each other.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use config::{ClusterId, NodeId};
use proto::handshake::{Acceptor, Agreed, Answer, Dialer, Greeting, Offers, Proof, Reason, Trust};
use proto::{Credential, Key, TokenId};

const DIALER: NodeId = NodeId::new([1; 32]);
const ACCEPTOR: NodeId = NodeId::new([2; 32]);
const TOKEN: TokenId = TokenId::new([4; 8]);

type Ends = (Result<Trust, Reason>, Result<Trust, Reason>);

struct Case {
    /// What the dialer thinks of the acceptor, and the other way round.
    agreed: [Agreed; 2],
    offers: Offers,
    key: Option<(Credential, Key)>,
}

impl Case {
    fn run(self) -> Ends {
        let dialer = Dialer::new([DIALER, ACCEPTOR], self.agreed[0], None, self.offers, [5; 32]);
        let greeting = Greeting::decode(&dialer.greeting().encode()).unwrap();
        let cluster = Some(ClusterId::new([9; 16]));
        let acceptor = Acceptor::new(
            [DIALER, ACCEPTOR],
            &greeting,
            self.agreed[1],
            cluster,
            self.key,
            [6; 32],
        );
        let (proof, mine) = dialer.prove(&Answer::decode(&acceptor.answer().encode()).unwrap());
        let (last, theirs) = acceptor.conclude(&Proof::decode(&proof.encode()).unwrap());
        let mine = mine.and_then(|trust| dialer.conclude(&last).unwrap().map(|()| trust));
        (mine, theirs)
    }
}

fn key(byte: u8) -> Key {
    Key::new([byte; 32])
}

fn secret(byte: u8) -> Offers {
    Offers { secret: Some(key(byte)), token: None }
}

fn token(byte: u8) -> Offers {
    Offers { secret: None, token: Some((TOKEN, key(byte))) }
}

#[test]
fn members_need_no_key() {
    let case = Case { agreed: [Agreed::Member; 2], offers: Offers::default(), key: None };
    assert_eq!(case.run(), (Ok(Trust::Member), Ok(Trust::Member)));
}

#[test]
fn a_shared_secret_makes_strangers() {
    let known = Some((Credential::Secret, key(7)));
    let case = Case { agreed: [Agreed::Unknown; 2], offers: secret(7), key: known };
    let stranger = Trust::Stranger(Credential::Secret);
    assert_eq!(case.run(), (Ok(stranger), Ok(stranger)));
}

#[test]
fn a_token_makes_a_stranger_known_by_it() {
    let known = Some((Credential::Token(TOKEN), key(7)));
    let case = Case { agreed: [Agreed::Unknown; 2], offers: token(7), key: known };
    let stranger = Trust::Stranger(Credential::Token(TOKEN));
    assert_eq!(case.run(), (Ok(stranger), Ok(stranger)));
}

#[test]
fn a_wrong_secret_is_noticed_by_the_dialer_before_it_proves_anything() {
    let known = Some((Credential::Secret, key(8)));
    let case = Case { agreed: [Agreed::Unknown; 2], offers: secret(7), key: known };
    assert_eq!(case.run(), (Err(Reason::Secret), Err(Reason::Secret)));
}

#[test]
fn an_unknown_token_is_refused() {
    let case = Case { agreed: [Agreed::Unknown; 2], offers: token(7), key: None };
    assert_eq!(case.run(), (Err(Reason::Token), Err(Reason::Token)));
}

#[test]
fn nothing_offered_is_nothing_gained() {
    let case = Case { agreed: [Agreed::Unknown; 2], offers: Offers::default(), key: None };
    assert_eq!(case.run(), (Err(Reason::Unknown), Err(Reason::Unknown)));
}

#[test]
fn a_removed_node_is_refused_whatever_it_proves() {
    let known = Some((Credential::Secret, key(7)));
    let case = Case { agreed: [Agreed::Member, Agreed::Removed], offers: secret(7), key: known };
    assert_eq!(case.run(), (Err(Reason::Removed), Err(Reason::Removed)));
    let known = Some((Credential::Secret, key(7)));
    let case = Case { agreed: [Agreed::Removed, Agreed::Member], offers: secret(7), key: known };
    assert_eq!(case.run(), (Err(Reason::Removed), Err(Reason::Removed)));
}

#[test]
fn an_acceptor_that_only_claims_membership_is_not_believed() {
    let case = Case { agreed: [Agreed::Unknown, Agreed::Member], offers: secret(7), key: None };
    assert_eq!(case.run(), (Err(Reason::Unproven), Err(Reason::Unproven)));
}

#[test]
fn a_member_that_does_not_know_the_acceptor_yet_trusts_its_proof() {
    let known = Some((Credential::Secret, key(7)));
    let case = Case { agreed: [Agreed::Unknown, Agreed::Member], offers: secret(7), key: known };
    assert_eq!(case.run(), (Ok(Trust::Stranger(Credential::Secret)), Ok(Trust::Member)));
}

#[test]
fn a_dialer_that_claims_another_proof_is_refused() {
    let greeting = Dialer::new([DIALER, ACCEPTOR], Agreed::Unknown, None, secret(7), [5; 32]);
    let known = Some((Credential::Secret, key(7)));
    let acceptor = Acceptor::new(
        [DIALER, ACCEPTOR],
        greeting.greeting(),
        Agreed::Unknown,
        None,
        known,
        [6; 32],
    );
    assert_eq!(acceptor.conclude(&Proof::None).1, Err(Reason::Unproven));
    let reflected = acceptor.answer().mac.clone().unwrap();
    assert_eq!(acceptor.conclude(&Proof::Mac(reflected)).1, Err(Reason::Secret));
}

#[test]
fn versions_that_do_not_meet_are_refused() {
    let dialer = Dialer::new([DIALER, ACCEPTOR], Agreed::Member, None, secret(7), [5; 32]);
    let later = Greeting { versions: [2, 3], ..dialer.greeting().clone() };
    let acceptor = Acceptor::new([DIALER, ACCEPTOR], &later, Agreed::Member, None, None, [6; 32]);
    assert_eq!(acceptor.conclude(&Proof::None).1, Err(Reason::Version));
}
