import { testRecipe } from './recipe.mjs';

testRecipe('go', 'login.go', 'github.go');
