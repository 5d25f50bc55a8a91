/// Attributes that servers keep about entries and about themselves (RFC 4512 3.4, 5.1; RFC 5020; RFC 4530).
extension StandardSchema {
  /// Operational attribute types.
  static let operationalAttributes = """
    ( 2.5.21.9 NAME 'structuralObjectClass' EQUALITY objectIdentifierMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.38 \
    SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )
    ( 2.5.18.1 NAME 'createTimestamp' EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch SYNTAX \
    1.3.6.1.4.1.1466.115.121.1.24 SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )
    ( 2.5.18.2 NAME 'modifyTimestamp' EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch SYNTAX \
    1.3.6.1.4.1.1466.115.121.1.24 SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )
    ( 2.5.18.3 NAME 'creatorsName' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 \
    SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )
    ( 2.5.18.4 NAME 'modifiersName' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 \
    SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )
    ( 2.5.18.9 NAME 'hasSubordinates' EQUALITY booleanMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE \
    NO-USER-MODIFICATION USAGE directoryOperation )
    ( 2.5.18.10 NAME 'subschemaSubentry' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 \
    SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )
    ( 1.3.6.1.1.20 NAME 'entryDN' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 \
    SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )
    ( 1.3.6.1.1.16.4 NAME 'entryUUID' EQUALITY UUIDMatch ORDERING UUIDOrderingMatch SYNTAX 1.3.6.1.1.16.1 \
    SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )
    ( 1.3.6.1.4.1.1466.101.120.6 NAME 'altServer' SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 USAGE dSAOperation )
    ( 1.3.6.1.4.1.1466.101.120.5 NAME 'namingContexts' EQUALITY distinguishedNameMatch SYNTAX \
    1.3.6.1.4.1.1466.115.121.1.12 USAGE dSAOperation )
    ( 1.3.6.1.4.1.1466.101.120.13 NAME 'supportedControl' SYNTAX 1.3.6.1.4.1.1466.115.121.1.38 USAGE \
    dSAOperation )
    ( 1.3.6.1.4.1.1466.101.120.7 NAME 'supportedExtension' SYNTAX 1.3.6.1.4.1.1466.115.121.1.38 USAGE \
    dSAOperation )
    ( 1.3.6.1.4.1.1466.101.120.15 NAME 'supportedLDAPVersion' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 USAGE \
    dSAOperation )
    ( 1.3.6.1.4.1.1466.101.120.14 NAME 'supportedSASLMechanisms' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 USAGE \
    dSAOperation )
    ( 1.3.6.1.4.1.4203.1.3.5 NAME 'supportedFeatures' EQUALITY objectIdentifierMatch SYNTAX \
    1.3.6.1.4.1.1466.115.121.1.38 USAGE dSAOperation )
    ( 1.3.6.1.1.4 NAME 'vendorName' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE \
    NO-USER-MODIFICATION USAGE dSAOperation )
    ( 1.3.6.1.1.5 NAME 'vendorVersion' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE \
    NO-USER-MODIFICATION USAGE dSAOperation )
    ( 2.5.21.4 NAME 'matchingRules' EQUALITY objectIdentifierFirstComponentMatch SYNTAX \
    1.3.6.1.4.1.1466.115.121.1.30 USAGE directoryOperation )
    ( 2.5.21.5 NAME 'attributeTypes' EQUALITY objectIdentifierFirstComponentMatch SYNTAX \
    1.3.6.1.4.1.1466.115.121.1.3 USAGE directoryOperation )
    ( 2.5.21.6 NAME 'objectClasses' EQUALITY objectIdentifierFirstComponentMatch SYNTAX \
    1.3.6.1.4.1.1466.115.121.1.37 USAGE directoryOperation )
    ( 2.5.21.8 NAME 'matchingRuleUse' EQUALITY objectIdentifierFirstComponentMatch SYNTAX \
    1.3.6.1.4.1.1466.115.121.1.31 USAGE directoryOperation )
    ( 1.3.6.1.4.1.1466.101.120.16 NAME 'ldapSyntaxes' EQUALITY objectIdentifierFirstComponentMatch SYNTAX \
    1.3.6.1.4.1.1466.115.121.1.54 USAGE directoryOperation )
    ( 2.16.840.1.113730.3.1.34 NAME 'ref' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 USAGE \
    distributedOperation )
    ( 1.2.840.113556.1.2.102 NAME 'memberOf' EQUALITY distinguishedNameMatch SYNTAX \
    1.3.6.1.4.1.1466.115.121.1.12 NO-USER-MODIFICATION USAGE dSAOperation )
    ( 1.3.6.1.4.1.42.2.27.8.1.16 NAME 'pwdChangedTime' EQUALITY generalizedTimeMatch ORDERING \
    generalizedTimeOrderingMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 SINGLE-VALUE NO-USER-MODIFICATION USAGE \
    directoryOperation )
    ( 2.25.41466037660531384037718959707581420346 NAME 'attributeModifiersName' EQUALITY caseIgnoreMatch SUBSTR \
    caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 NO-USER-MODIFICATION USAGE directoryOperation \
    )
    """
}
