throw new Error('tests are no part of a bundle');
